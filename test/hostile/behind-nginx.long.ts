import t from 'tap'
import { nginxIsMissing } from '../support/nginx.ts'
import { attackBehindNginx } from './behind-nginx.ts'

if (nginxIsMissing) t.plan(0, nginxIsMissing)
else await attackBehindNginx(t, 1)
